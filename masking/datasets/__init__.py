"""Pictures with known answers: procedural scenes, image folders, torchvision sets."""
