#!/bin/sh
# The main job: a corpus, a tokenizer, ninety seconds of training, a story before and after, a report.
set -eu
cd "$(dirname "$0")/.."
gimbal=build/gimbal
out=runs/stories
prompt="One morning"
if [ -d "$out" ]; then
  n=2
  while [ -d "runs/stories-$n" ]; do n=$((n + 1)); done
  out="runs/stories-$n"
fi
mkdir -p runs
[ -d runs/story-corpus ] || $gimbal corpus --out runs/story-corpus --seed 1 --size 20M
$gimbal pretrain configs/stories.yaml --data runs/story-corpus --out "$out"
echo
echo "Before training it wrote:"
$gimbal report "$out" --sample first
echo
echo "Now it writes:"
printf '%s' "$prompt"
$gimbal generate --model "$out/last" --prompt "$prompt" --max-tokens 160 --temperature 0.7 --seed 1 --quiet
echo
cat <<TEXT
The report with the health of every layer: $out/report.html (open it in a browser)

Next:
  ./run generate --model $out/last --prompt "Once upon a time" --max-tokens 200
  ./run chat --model $out/last
  ./run pretrain configs/stories.yaml --data runs/story-corpus --out runs/longer --set train.seconds=600
  ./run pretrain configs/stories.yaml --data runs/story-corpus --out runs/post --set model.placement=post --set model.norm.kind=layer
  ./run --help
TEXT
