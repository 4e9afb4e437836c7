"""The rules, one a file, in a folder a family; `registry` finds them by walking this package."""
