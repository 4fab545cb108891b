"""The report: the answer with pictures, one HTML file that opens offline."""

from record.settings import REPORT_FILE
from results.report.page import render, write_report

__all__ = ["REPORT_FILE", "render", "write_report"]
