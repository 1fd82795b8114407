"""Workbooks and csv files → checked rows; templates, refused rows and results → workbooks."""
