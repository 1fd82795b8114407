"""What every shape of the API is made on."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """Nothing undeclared goes in or out."""

    model_config = ConfigDict(extra="forbid")
