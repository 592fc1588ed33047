"""Model files as plain data: runs in a confined child process, imports numpy and h5py only.

Nothing here knows Keras. A reader turns a file into a :class:`~reading.contents.Contents`: the
configuration as the file spells it, and a table of named arrays that are read only on demand.
All imports inside this package are relative, so that the child can import it without ``lstm_viz``.
"""
