SERIES_CASES: tuple = ()
