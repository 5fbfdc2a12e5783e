"""Metrics of scripts that know nothing of grd: files of other tools, taken up as they grow.

`sources` finds the files, one module a format reads them, `taking_up` brings what is new into
the ledger. A format is one function over bytes (`contract.Format`), so that a file cut at any
byte and continued gives the points of the whole.
"""
