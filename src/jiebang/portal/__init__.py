"""The holders' door: pages for people, in their language, whole without JavaScript."""
