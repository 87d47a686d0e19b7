"""``python -m skflowmix``, see `skflowmix.command_line`."""

from skflowmix.command_line import main

if __name__ == "__main__":
    main()
