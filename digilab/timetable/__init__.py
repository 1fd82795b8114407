"""予定: the Japanese working calendar, rules for due times, and the runs that fall due."""
