"""The room Anatomy: the table of a network, and what learns by each strategy."""

from __future__ import annotations

from core.zoo.anatomy import anatomy


def figures(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_vgg16_is_shown_row_by_row_without_its_weights(visit):
    app = visit("transfer.py", room="Anatomy", anatomy_network="VGG16")
    (table,) = [frame.value for frame in app.dataframe]
    assert figures(app)["Parameters"] == "138,357,544"
    assert list(table["Parameters"]) == [layer.parameters for layer in anatomy("vgg16").layers]
    assert list(table.loc[table["Learns"] == "learns", "Layer"]) == [
        "block5_conv1", "block5_conv2", "block5_conv3"
    ]  # fmt: skip
    assert set(table["Learns"][19:]) == {"replaced"}
    assert table["Receptive field, px"].isna().tolist() == [False] * 19 + [True] * 4


def test_frozen_features_leave_everything_as_it_was(visit):
    app = visit("transfer.py", room="Anatomy", anatomy_strategy="Frozen features")
    assert figures(app)["Backbone learns"] == "0"
    assert "learns" not in set(app.dataframe[0].value["Learns"])


def test_a_text_encoder_has_neither_map_nor_strategy(visit):
    app = visit("transfer.py", room="Anatomy", anatomy_network="all-MiniLM-L6-v2")
    (table,) = [frame.value for frame in app.dataframe]
    assert list(table.columns) == ["Layer", "Kind", "Output", "Parameters"]
    assert any("148,608 parameters more" in text.value for text in app.caption)
