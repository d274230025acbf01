"""Sources put into copies of images, or among their measurements, to see which are found.

What is injected where is drawn or read (`drawing`, `tables`) for the images of a data set or of
files (`stored`, `files`), as `truth` has it. From there it goes into pixels (`pixels`), or among
measurements (`synthetic`, `mixing`).
"""
