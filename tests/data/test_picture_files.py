"""Pictures as others keep them: depths, orientations, arrays that lie any way, damaged files."""

import h5py
import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from jaxrep.data.picture_files import read_pictures
from jaxrep.data.picture_folder import read_folder

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 8, 8)).astype(np.uint8)
IMAGES[0, 0, :2] = 0, 255
WANTED = IMAGES / np.float32(255)


def save_hdf5(path, arrays, **options):
    """A .mat file of version 7.3: HDF5 behind 512 bytes of MATLAB's, axes the other way round."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in arrays.items():
            file.create_dataset(name, data=values.T, **options)
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\0\2IM")


def test_depths_mix_in_one_folder(tmp_path):
    """8 bit, 16 bit, floats 0 .. 1, and WebP show the same."""
    for i, image in enumerate(IMAGES):
        ways = [
            (image, "png"),
            (image.astype(np.uint16) * 257, "png"),
            (image.astype(np.uint16) * 257, "tif"),
            (image / np.float32(255), "tif"),
            (image, "webp"),
        ]
        values, suffix = ways[i]
        Image.fromarray(values).save(
            tmp_path / f"{i}.{suffix}", **({"lossless": True} if suffix == "webp" else {})
        )
    np.testing.assert_allclose(read_folder(tmp_path, 8).values, WANTED, atol=3e-7)
    Image.fromarray(np.full((8, 8), 3.5, np.float32)).save(tmp_path / "9.tif")
    with pytest.raises(ValueError, match="9.tif has floats 3.5 .. 3.5; among"):
        read_folder(tmp_path, 8)


def test_pictures_are_turned_upright_and_hidden_files_passed_over(tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera was turned: the first row is the right side
    Image.fromarray(np.rot90(IMAGES[0])).save(tmp_path / "0.png", exif=turned)
    Image.fromarray(IMAGES[1]).save(tmp_path / "1.png")
    (tmp_path / "._1.png").write_bytes(b"\0\5\x16\7")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "1.png").write_bytes(b"no")
    np.testing.assert_allclose(read_folder(tmp_path, 8).values, WANTED[:2], atol=1e-6)


LYING = {
    "first.npy": (IMAGES, {}),
    "flat.npy": (IMAGES.reshape(5, 64), {}),
    "colour.npy": (np.repeat(IMAGES[..., None], 3, 3), {}),
    "last.npy": (np.moveaxis(IMAGES, 0, -1), {"axes": "pictures_last"}),
    "side.npy": (IMAGES.transpose(0, 2, 1), {"pixel_order": "columns"}),
    "olivetti.mat": (IMAGES.transpose(0, 2, 1).reshape(5, 64).T, {}),
    "rows.mat": (IMAGES.reshape(5, 64), {"pixel_order": "rows"}),
    "last.mat": (np.moveaxis(IMAGES, 0, -1), {}),
    "first.mat": (IMAGES, {"axes": "pictures_first"}),
}


@pytest.mark.parametrize("name", LYING)
@pytest.mark.parametrize("version", [5, 7.3])
def test_arrays_that_lie_any_way(tmp_path, name, version):
    values, options = LYING[name]
    path = tmp_path / name
    if name.endswith(".npy"):
        np.save(path, values)
    elif version == 5:
        savemat(path, {"faces": values, "people": 5}, do_compression=True)
    else:
        save_hdf5(path, {"faces": values, "people": np.ones((1, 1))}, compression="gzip")
    found = read_pictures(path, 8, **options)
    np.testing.assert_allclose(found.values, WANTED, atol=2e-6)


def test_train_and_test_of_npz_are_scaled_together(tmp_path):
    path = tmp_path / "faces.npz"
    np.savez(path, x_train=IMAGES[:2], x_test=IMAGES[2:], y_train=[7, 9], y_test=[7, 7, 8])
    found = read_pictures(path, 8)
    np.testing.assert_allclose(found.values, WANTED, atol=1e-6)
    assert found.person.tolist() == [0, 2, 0, 0, 1]
    np.savez(path, a=IMAGES, b=IMAGES)
    with pytest.raises(ValueError, match="has arrays a, b: the name of one of them is needed"):
        read_pictures(path, 8)
    assert read_pictures(path, 8, key="a").person.tolist() == [-1] * 5
    with pytest.raises(ValueError, match="has no array 'c'; it has a, b"):
        read_pictures(path, 8, key="c")
    np.savez(path, x_train=IMAGES, x_test=IMAGES[:, :4])
    with pytest.raises(ValueError, match=r"\[5, 8, 8\] and \[5, 4, 8\] do not go together"):
        read_pictures(path, 8)


def test_the_array_of_a_matlab_file_is_named(tmp_path):
    for write in (savemat, save_hdf5):
        path = tmp_path / f"{write.__name__}.mat"
        write(path, {"a": np.moveaxis(IMAGES, 0, -1), "b": np.zeros((3, 3))})
        assert read_pictures(path, 8, key="a").values.shape == (5, 8, 8)
        with pytest.raises(ValueError, match=r"no array 'faces'; it has a \[8, 8, 5\], b"):
            read_pictures(path, 8)
        with pytest.raises(ValueError, match="has no array of numbers 'c'; it has a"):
            read_pictures(path, 8, key="c")
    with pytest.raises(ValueError, match="5 pixels a picture, which are no square"):
        np.save(tmp_path / "wrong.npy", IMAGES.reshape(5, 64).T)
        read_pictures(tmp_path / "wrong.npy", 8)


def test_absurd_pictures_are_not_unpacked(tmp_path):
    path = tmp_path / "claims.mat"
    with h5py.File(path, "w") as file:  # a terabyte of nothing, in two kB
        file.create_dataset("faces", (4096, 3 * 10**8), "u1", chunks=(64, 64))
    with pytest.raises(ValueError, match="claims 1,228,800,000,000 numbers"):
        read_pictures(path, 8)
    with h5py.File(path, "w") as file:
        file.create_dataset("faces", (4096, 10**5), "u1", chunks=(64, 64))
    with pytest.raises(ValueError, match="faces claims 409,600,000 bytes and has 0"):
        read_pictures(path, 8)
    bomb = tmp_path / "folder" / "bomb.png"
    bomb.parent.mkdir()
    for side, message in ((11000, "pixels; 100,000,000 at most"), (15000, "exceeds limit")):
        Image.new("1", (side, side)).save(bomb)
        with pytest.raises(ValueError, match=message):
            read_pictures(bomb.parent, 8)
    with pytest.raises(ValueError, match="are for files of arrays, not for folders"):
        read_pictures(bomb.parent, 8, key="faces")
