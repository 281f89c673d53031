"""What the files of all sample models have in common."""
import json
import gguf

def add_tokenizer(W, data):
    t = json.load(open(f"{data}/tokenizer.json", encoding="utf-8"))
    W.add_tokenizer_model("gpt2"); W.add_tokenizer_pre("gpt-2"); W.add_token_list(t["vocab"]); W.add_token_merges(t["merges"])
    W.add_token_types([gguf.TokenType.CONTROL] * 3 + [gguf.TokenType.NORMAL] * (len(t["vocab"]) - 3))
    W.add_bos_token_id(0); W.add_eos_token_id(0); W.add_eot_token_id(2); W.add_pad_token_id(0); W.add_add_bos_token(True); W.add_add_eos_token(False)
    W.add_chat_template("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
