"""Pictures in folders, each with the mask of its object in a second folder."""

from dataclasses import dataclass

from masking.datasets.sources import SOURCES, ImageSource, Source
from masking.datasets.sources.folder import open_with_masks
from masking.registry.params import param


@SOURCES.register("masked_folder")
@dataclass(frozen=True)
class MaskedFolder(Source):
    """The class of a picture is its WordNet id if its name begins with one, else its folder's name."""

    path: str = param("", "the folder of pictures")
    masks: str = param("", "the folder of PNG masks, each named like its picture")

    title = "Folder with object masks"
    meaning = "Pictures as in a folder, and in a second folder a PNG mask for each: where it is white, the object is."

    def open(self) -> ImageSource:
        """See `Source`."""
        return open_with_masks(self.path, self.masks)
