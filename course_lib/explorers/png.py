"""Pictures that travel in an explorer."""

import base64
import io
from typing import Any

from PIL import Image


def png(image: Image.Image, **options: Any) -> str:
    """The image as a PNG file in base64; the options are those of Pillow's writer."""
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True, **options)
    return base64.b64encode(file.getvalue()).decode()
