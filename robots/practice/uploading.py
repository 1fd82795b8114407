"""振込ファイル取込."""

from fastapi import APIRouter

router = APIRouter()
