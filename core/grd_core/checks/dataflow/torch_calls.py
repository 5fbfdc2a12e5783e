"""What is known about torch and its relatives, as sets of names."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Layers that compute something else while training, by how their names start.
MODAL = ("Dropout", "dropout", "AlphaDropout", "FeatureAlphaDropout", "BatchNorm", "SyncBatchNorm")
# Libraries whose models have such layers.
PRETRAINED = _words("timm transformers segmentation_models_pytorch efficientnet_pytorch")
# Libraries that switch the mode themselves.
MANAGED = _words(
    "pytorch_lightning lightning ignite fastai skorch catalyst poutyne Trainer Seq2SeqTrainer"
)
# What switches gradients off.
GRADIENTS_OFF = _words("no_grad inference_mode set_grad_enabled requires_grad_ requires_grad")
# Calls in a loop that measures: what makes classes, compares, or keeps numbers.
MEASURING = _words(
    "argmax max topk eq item extend accuracy_score f1_score roc_auc_score append cpu numpy"
)
# Methods that hand on the same batch.
MOVES = _words(
    "to cuda cpu float double long half unsqueeze squeeze view reshape flatten permute contiguous "
    "requires_grad_ type"
)
# Attributes that only modules have.
OF_MODULES = _words("parameters state_dict load_state_dict named_parameters zero_grad eval")
# Words for a part that is only looked at.
EVALUATION_WORDS = _words("test val valid validation testing eval")
# Transforms that draw a new picture every time.
AUGMENTING = _words(
    "RandomHorizontalFlip RandomVerticalFlip RandomCrop RandomResizedCrop RandomRotation "
    "RandomAffine ColorJitter RandomErasing RandomPerspective RandAugment AutoAugment "
    "TrivialAugmentWide AugMix RandomGrayscale RandomApply RandomChoice RandomAdjustSharpness "
    "RandomPosterize RandomSolarize RandomEqualize RandomInvert RandomAutocontrast "
    "ElasticTransform "
    "HorizontalFlip VerticalFlip RandomRotate90 ShiftScaleRotate RandomBrightnessContrast "
    "CoarseDropout HueSaturationValue RandomGamma GaussNoise GridDistortion"
)
