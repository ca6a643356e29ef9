"""The course as static web pages."""
