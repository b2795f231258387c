"""Turn the bytes of a picture or a file into the values that lists of known harm are made of."""

from leeward.engines.hashing._decode import open_header, refusing
from leeward.engines.hashing._digests import Digests, digests, digests_of_stream
from leeward.engines.hashing._limits import DEFAULT_LIMITS, Limits, PictureRefused, RefusalReason
from leeward.engines.hashing._pictures import PdqHasher, PictureHash, dihedral, hash_picture
from leeward.engines.hashing._scaled import thumbnail
from leeward.engines.hashing._slot import HASHERS_GROUP, Hasher, HasherDidNotLoad, HasherExample, load_hashers
from leeward.engines.hashing._spectrum import Orientation
from leeward.engines.hashing._variants import Banked, Crop, Variant, banked, variants, warm_up

__all__ = [
    "DEFAULT_LIMITS",
    "HASHERS_GROUP",
    "Banked",
    "Crop",
    "Digests",
    "Hasher",
    "HasherDidNotLoad",
    "HasherExample",
    "Limits",
    "Orientation",
    "PdqHasher",
    "PictureHash",
    "PictureRefused",
    "RefusalReason",
    "Variant",
    "banked",
    "digests",
    "digests_of_stream",
    "dihedral",
    "hash_picture",
    "load_hashers",
    "open_header",
    "refusing",
    "thumbnail",
    "variants",
    "warm_up",
]
