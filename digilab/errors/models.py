"""Models: folders, bundles, keys."""

from digilab.errors.base import HouseError


class ModelError(HouseError):
    """A model folder cannot be used. A job that meets this waits until the lab has brought the model in."""

    code = "model"


class ModelMissingError(ModelError):
    """No model of this name is in the models folder."""

    code = "model-missing"


class ModelDamagedError(ModelError):
    """A model file is missing or its checksum is not the recorded one."""

    code = "model-damaged"


class FormModelError(ModelError):
    """The recogniser of paper forms cannot be loaded."""

    code = "form-model"


class ModelNameError(ModelError):
    """A model name with signs that a folder name must not have, or one that is taken."""

    code = "model-name"


class ModelToldError(ModelError):
    """A licence, origin or revision that no manifest can hold: several lines, too long, or signs that no screen shows."""

    code = "model-told"


class ModelPullError(ModelError):
    """The model could not be brought in over the network."""

    code = "model-pull"


class ModelPullProgramError(ModelPullError):
    """The program that fetches models is not installed here."""

    code = "model-pull-program"


class ModelFolderError(ModelError):
    """What should be imported is neither a model's folder nor a bundle."""

    code = "model-folder"


class ModelIncompleteError(ModelError):
    """A model's folder lacks a file that such a model cannot do without."""

    code = "model-incomplete"


class ModelFileError(ModelError):
    """A model folder holds a link, a device, too many files, or one whose name cannot be carried."""

    code = "model-file"


class ModelsBusyError(ModelError):
    """Another command is changing the models folder."""

    code = "models-busy"


class ModelSpaceError(ModelError):
    """The disk has no room for the model."""

    code = "model-space"


class ModelSetError(ModelError):
    """A model that a setting names is not taken away."""

    code = "model-set"


class ModelWorkingError(ModelError):
    """A model that an open job needs is not taken away."""

    code = "model-working"


class ModelHeldError(ModelError):
    """A worker has the model loaded."""

    code = "model-held"


class ModelLicenceError(ModelError):
    """Nobody recorded the model's licence, so it is not packed for others."""

    code = "model-licence"


class BundleError(ModelError):
    """A file with a packed model cannot be taken."""

    code = "bundle"


class BundleDamagedError(BundleError):
    """The file is cut off, or something in it is not what the signed manifest says."""

    code = "bundle-damaged"


class BundleUnsignedError(BundleError):
    """Nobody signed the file, or the signature is not one over its manifest."""

    code = "bundle-unsigned"


class BundleForeignError(BundleError):
    """The file was signed with a key that this house does not trust."""

    code = "bundle-foreign"


class BundleLargeError(BundleError):
    """The file holds more than a model can be."""

    code = "bundle-large"


class BundleThereError(BundleError):
    """Where the bundle should be written lies a file."""

    code = "bundle-there"


class ModelKeyError(ModelError):
    """Something is wrong with a key for model bundles."""

    code = "model-key"


class ModelKeyMissingError(ModelKeyError):
    """This machine has no key to sign with."""

    code = "model-key-missing"


class ModelKeyThereError(ModelKeyError):
    """This machine has its key to sign with already."""

    code = "model-key-there"


class ModelKeyOpenError(ModelKeyError):
    """Others may read the key to sign with."""

    code = "model-key-open"


class ModelKeyDamagedError(ModelKeyError):
    """A file is no key."""

    code = "model-key-damaged"


class ModelKeyOwnError(ModelKeyDamagedError):
    """One of the two files of this machine's own key is missing, damaged, or not of the other one."""

    code = "model-key-own"


class ModelKeyNameError(ModelKeyError):
    """A name of a key's owner that cannot be written into its file."""

    code = "model-key-name"


class ModelKeyOtherError(ModelKeyError):
    """The key in the file is not the one whose fingerprint was told."""

    code = "model-key-other"


class ModelKeyUnknownError(ModelKeyError):
    """No trusted key has this fingerprint."""

    code = "model-key-unknown"
