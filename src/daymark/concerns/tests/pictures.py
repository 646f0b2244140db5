"""Files as telephones and scanners make them, with everything they hide inside."""

from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

CAMERA = "Daymark Spycam 9"
NAMED = "Ana Popescu"
XMP = f"<x:xmpmeta><dc:creator>{NAMED}</dc:creator></x:xmpmeta>".encode()
HEIC = Path(__file__).with_name("telephone.heic").read_bytes()
"""A red picture of 64 by 48, with a camera and a place in it."""

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@cache  # a profile knows the second it was made in
def photo(size: tuple[int, int] = (640, 480), *, turned: int = 1, colour: str = "teal") -> bytes:
    """A JPEG that knows where it was taken, by whom, with what."""
    picture = Image.new("RGB", size, colour)
    exif = picture.getexif()
    exif[0x010F], exif[0x013B], exif[0x0112] = CAMERA, NAMED, turned
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (51.0, 53.0, 21.7), "E", (0.0, 54.0, 5.0)
    out = BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture.save(
        out, "JPEG", exif=exif, xmp=XMP, comment=NAMED.encode(), icc_profile=profile, quality=90
    )
    return out.getvalue()


def drawing(kind: str) -> bytes:
    """The same picture in another format, see-through where the format can be."""
    mode = {"GIF": "P", "PDF": "RGB"}.get(kind, "RGBA")
    picture, out = Image.new(mode, (200, 100)), BytesIO()
    options: dict[str, object] = {}
    if kind == "PNG":
        said = PngInfo()
        said.add_text("Author", NAMED)
        options = {"pnginfo": said}
    if kind == "WEBP":
        options = {"xmp": XMP}
    if kind == "GIF":
        options = {"comment": NAMED.encode()}
    if kind == "PDF":
        options = {"author": NAMED, "save_all": True, "append_images": [picture, picture]}
    picture.save(out, kind, **options)
    return out.getvalue()


def bomb() -> bytes:
    """Small on the wire, nearly a gigabyte when it is unfolded."""
    out = BytesIO()
    Image.new("L", (30_000, 30_000)).save(out, "PNG")
    return out.getvalue()
