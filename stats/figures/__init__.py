"""Figures of some business dates: each is a table with one definition (docs/figures.md) and one function that reads it.

`catalogue` lists them; the API, the files and the pages show what it lists.
"""
