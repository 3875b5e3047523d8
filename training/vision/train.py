import argparse
import logging
from pathlib import Path
import torch
from training.vision.colour import NAMES, colour_name
from training.vision.data import read_index, read_pixels
from training.vision.encoder import Classifier, class_logits, train_classifier

def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("build/vision"))
    parser.add_argument("--encoder-epochs", type=int, default=45)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    args.out.mkdir(parents=True, exist_ok=True)
    train, val = read_index(args.photos, "train"), read_index(args.photos, "validation")
    px, vpx = read_pixels(args.photos, train), read_pixels(args.photos, val)
    names = sorted({p.product for p in train})
    types = {p.product: p.product_type for p in train}
    def colours(photos, pixels):
        return torch.tensor([NAMES.index(c) if p.department == "apparel" and (c := colour_name(x[::2, ::2])) else -1 for p, x in zip(photos, pixels)])
    model = Classifier(len(names), len(NAMES))
    c, vc = colours(train, px), colours(val, vpx)
    vt = torch.from_numpy(vpx)
    app = torch.tensor([p.department == "apparel" for p in val])
    def check():
        p, col = class_logits(model, vt)
        right = torch.tensor([types[names[i]] == v.product_type for i, v in zip(p.argmax(1).tolist(), val)])
        exact = torch.tensor([names[i] == v.product for i, v in zip(p.argmax(1).tolist(), val)])
        return f"apparel {right[app].float().mean():.3f} grocery {right[~app].float().mean():.3f} product {exact[~app].float().mean():.3f} colour {(col.argmax(1)==vc)[vc>=0].float().mean():.3f}"
    train_classifier(model, torch.from_numpy(px), torch.tensor([names.index(p.product) for p in train]), c, args.out, args.encoder_epochs, check)
main()
