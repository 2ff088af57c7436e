"""Where it is all put together: the command line, and the processes of one machine."""
