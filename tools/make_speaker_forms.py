"""Makes tests/unit/transcribe/speaker_forms: networks of a few bytes whose inputs and outputs are like those of well-known exports.

They compute nothing worth having (mean and deviation over time); what is tested with them is how networks are asked. Needs onnx.
"""

import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper

MELS = 80


def statistics(sound: str, time: int) -> list[onnx.NodeProto]:
    """Mean and deviation over axis `time` as `embs`."""
    return [
        helper.make_node("ReduceMean", [sound], ["middle"], axes=[time], keepdims=1),
        helper.make_node("Sub", [sound, "middle"], ["around"]),
        helper.make_node("Mul", ["around", "around"], ["squares"]),
        helper.make_node("ReduceMean", ["squares"], ["variance"], axes=[time], keepdims=0),
        helper.make_node("Sqrt", ["variance"], ["deviation"]),
        helper.make_node("ReduceMean", [sound], ["mean"], axes=[time], keepdims=0),
        helper.make_node("Concat", ["mean", "deviation"], ["embs"], axis=1),
    ]


def tensor(name: str, kind: int, *shape: int | str) -> onnx.ValueInfoProto:
    """An input or output."""
    return helper.make_tensor_value_info(name, kind, list(shape))


def write(
    file: Path,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
) -> None:
    """The network as a file."""
    model = helper.make_model(
        helper.make_graph(nodes, file.stem, inputs, outputs), opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    onnx.checker.check_model(model)
    file.write_bytes(model.SerializeToString())


def main() -> None:
    folder, real = Path(sys.argv[1]), TensorProto.FLOAT
    whole = tensor("embs", real, "B", 2 * MELS)
    write(folder / "wespeaker.onnx", statistics("feats", 1), [tensor("feats", real, "B", "T", MELS)], [whole])
    write(
        folder / "one-at-a-time.onnx",
        statistics("feats", 1),
        [tensor("feats", real, 1, "T", MELS)],
        [tensor("embs", real, 1, 2 * MELS)],
    )
    # NeMo's: mels first, a second input for the length, and the classes of the training before the embedding.
    classes = [
        helper.make_node("ReduceMax", ["audio_signal"], ["logits"], axes=[2], keepdims=0),
        helper.make_node("Cast", ["length"], ["lengths"], to=real),
    ]
    write(
        folder / "nemo.onnx",
        [*statistics("audio_signal", 2), *classes],
        [tensor("audio_signal", real, "B", MELS, "T"), tensor("length", TensorProto.INT64, "B")],
        [tensor("logits", real, "B", MELS), whole],
    )
    write(
        folder / "raw-sound.onnx",
        [helper.make_node("Identity", ["wave"], ["embs"])],
        [tensor("wave", real, "B", "N")],
        [tensor("embs", real, "B", "N")],
    )


if __name__ == "__main__":
    main()
