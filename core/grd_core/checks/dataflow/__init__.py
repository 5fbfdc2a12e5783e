"""Static dataflow over Python programs: rows, columns and the statistics that taint them.

`programs.analyse_all` reads the files of a context; `leaks` and `randomness` turn the facts
into what checks report. Knowledge of libraries is the tables of `library` and `randomness`.
"""
