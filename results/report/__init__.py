"""The report: the answer with pictures, one HTML file that opens offline."""

from results.report.page import REPORT_FILE, render, write_report

__all__ = ["REPORT_FILE", "render", "write_report"]
