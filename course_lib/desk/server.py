"""The JupyterLab that `lab` starts: JupyterLab itself, with a style sheet of the course's.

Run as a program, with JupyterLab's arguments.
"""

from pathlib import Path

STYLE = Path(__file__).with_name("jupyter") / "custom"  # holds custom.css


def main():
    """Run JupyterLab until its user leaves it."""
    from jupyterlab.labapp import LabApp

    class ServerApp(LabApp.serverapp_class):  # the name under which its settings are written
        def _static_custom_path_default(self):  # the first custom.css that is found counts
            return [*self._default_static_custom_path(), str(STYLE)]

    LabApp.serverapp_class = ServerApp
    LabApp.launch_instance()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # before the server is up, and can ask whether it is meant
        raise SystemExit(130) from None
