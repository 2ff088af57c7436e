"""Faces: galleries of templates, how they are searched, and when a likeness is a match."""
