// The list of commands. A new command is one file beside this one, and one declaration and one line here.
#include <array>

#include "cli/command.h"

namespace gimbal {

std::function<int()> add_bench(CommandLine& line, const CommonFlags& common);
std::function<int()> add_chat(CommandLine& line, const CommonFlags& common);
std::function<int()> add_config(CommandLine& line, const CommonFlags& common);
std::function<int()> add_corpus(CommandLine& line, const CommonFlags& common);
std::function<int()> add_detokenize(CommandLine& line, const CommonFlags& common);
std::function<int()> add_distill(CommandLine& line, const CommonFlags& common);
std::function<int()> add_embed(CommandLine& line, const CommonFlags& common);
std::function<int()> add_doctor(CommandLine& line, const CommonFlags& common);
std::function<int()> add_eval(CommandLine& line, const CommonFlags& common);
std::function<int()> add_finetune(CommandLine& line, const CommonFlags& common);
std::function<int()> add_forward(CommandLine& line, const CommonFlags& common);
std::function<int()> add_generate(CommandLine& line, const CommonFlags& common);
std::function<int()> add_inspect(CommandLine& line, const CommonFlags& common);
std::function<int()> add_lab(CommandLine& line, const CommonFlags& common);
std::function<int()> add_convert(CommandLine& line, const CommonFlags& common);
std::function<int()> add_merge(CommandLine& line, const CommonFlags& common);
std::function<int()> add_predict(CommandLine& line, const CommonFlags& common);
std::function<int()> add_pretrain(CommandLine& line, const CommonFlags& common);
std::function<int()> add_report(CommandLine& line, const CommonFlags& common);
std::function<int()> add_table(CommandLine& line, const CommonFlags& common);
std::function<int()> add_tokenize(CommandLine& line, const CommonFlags& common);
std::function<int()> add_verify_resume(CommandLine& line, const CommonFlags& common);
std::function<int()> add_vocab(CommandLine& line, const CommonFlags& common);

std::span<const Command> commands() {
  static const std::array kCommands = {
      Command{"pretrain", "trains a model on text", "gimbal pretrain configs/stories.yaml --data stories --out runs/stories --set model.placement=sandwich", add_pretrain},
      Command{"finetune", "teaches a pretrained model a labelled task", "gimbal finetune --model runs/bert/last --task mnli --data mnli/ --out runs/mnli", add_finetune},
      Command{"distill", "a smaller model learns what a larger one says", "gimbal distill --teacher runs/large/best --data stories --out runs/small", add_distill},
      Command{"predict", "a fine-tuned model's answers", "gimbal predict --model runs/mnli/best --input new.jsonl", add_predict},
      Command{"embed", "vectors of texts", "gimbal embed --model runs/similar/best texts.txt --out vectors.npy", add_embed},
      Command{"eval", "a model's scores: fine-tuned, in context, or perplexity of texts", "gimbal eval --model runs/small/last --task sst2 --data sst2/ --shots 4", add_eval},
      Command{"table", "every task by every family, with and without pretraining", "gimbal table --quick --out table", add_table},
      Command{"merge", "a model and its LoRA adapter made one", "gimbal merge models/bert runs/mnli/best merged", add_merge},
      Command{"convert", "the same function in another form: LayerNorm as RMSNorm", "gimbal convert --model models/gpt2 --recenter --out gpt2-rms", add_convert},
      Command{"generate", "text that continues a prompt",
              "gimbal generate --model runs/small/last --prompt 'Once upon a time' --max-tokens 100 --top-p 0.9", add_generate},
      Command{"chat", "a conversation with a model", "gimbal chat --model runs/small/last --temperature 0.7", add_chat},
      Command{"inspect", "what a model, preset, run or tokenizer is, and what it costs", "gimbal inspect gpt3-175b", add_inspect},
      Command{"report", "a run's report.html, or one of its samples", "gimbal report runs/stories", add_report},
      Command{"lab", "norms, placements and residual schemes, measured", "gimbal lab quick", add_lab},
      Command{"doctor", "what a run, model or configuration suffers from, and what helps", "gimbal doctor runs/stories --replay 480", add_doctor},
      Command{"corpus", "writes stories from a small simulated world", "gimbal corpus --out stories --seed 1 --size 20M", add_corpus},
      Command{"config", "all settings of a run file, or one resolved", "gimbal config schema", add_config},
      Command{"verify-resume", "proves that a killed and resumed run ends with the same bits", "gimbal verify-resume configs/stories.yaml --data stories --steps 100 --set train.seconds=0", add_verify_resume},
      Command{"bench", "each kernel and main path beside its limit", "gimbal bench norm attention", add_bench},
      Command{"forward", "logits, hidden states, loss and gradients for given ids",
              "gimbal forward --model DIR --ids '5,64,22;16,80' --labels '5,64,22;16,80' --grads --out out.safetensors", add_forward},
      Command{"tokenize", "text to token ids", "gimbal tokenize --tokenizer DIR 'Hello world'", add_tokenize},
      Command{"detokenize", "token ids to text", "gimbal detokenize --tokenizer DIR 15496,995", add_detokenize},
      Command{"vocab", "trains a tokenizer on text", "gimbal vocab --kind byte-bpe --size 8k --data books/ --out tokenizer", add_vocab},
  };
  return kCommands;
}

}  // namespace gimbal
