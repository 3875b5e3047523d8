"""A folder of photos such as captioners and painters are trained on and measured by."""

import csv
import shutil
from dataclasses import asdict
from pathlib import Path

from evaluation.photo_index import Photo

PHOTOS = Path(__file__).resolve().parents[1] / "fixtures" / "photos"


def make_photo_folder(folder: Path) -> Path:
    """Six photos of clothes, which stand in both splits."""
    folder.mkdir()
    with (folder / "index.csv").open("w", newline="") as out:
        index = csv.DictWriter(out, list(asdict(Photo("", "", "", "", ""))))
        index.writeheader()
        for file in sorted(PHOTOS.glob("*.jpg")):
            shutil.copy(file, folder)
            for split in ("train", "validation"):
                index.writerow(asdict(Photo(file.name, split, "apparel", file.stem, file.stem)))
    return folder
