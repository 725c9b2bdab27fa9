"""What every table is made of: one metadata, and the types of ids, words and counters."""

from sqlalchemy import BigInteger, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = String(64)
Word = String(32)
# SQLite counts rows by itself only in a column of exactly this type.
Counter = BigInteger().with_variant(Integer, "sqlite")
