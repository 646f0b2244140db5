"""Counting a hidden population from overlapping lists, and saying when not to."""
