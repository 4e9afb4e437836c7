"""What an audit hands over: one document, and its renderings."""

from dataaudit.report.report import Report, load

__all__ = ["Report", "load"]
