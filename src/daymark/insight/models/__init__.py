from daymark.insight.models.figures import Edition, Figure, Measure, Upload

__all__ = ["Edition", "Figure", "Measure", "Upload"]
