"""Pages of the shelf and of what fills it, a module for each part."""
