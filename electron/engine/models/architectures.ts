// Every architecture that llama.cpp has, with whether its experts are pruned or why they are not. A new one gets its record here and is
// refused until then. Everything else that is known about single architectures is in architecture-rules.ts.

/** Why models of an architecture are refused, as codes of sentences. */
type RefusedArchitecture = 'neverRun' | 'draftModel' | 'noLanguageModel';

/** `dense`: llama.cpp runs no experts in it. */
type ArchitectureVerdict = 'pruned' | 'dense' | RefusedArchitecture;

const NAMES: Readonly<Record<ArchitectureVerdict, string>> = {
  pruned: `
    afmoe arctic bailingmoe bailingmoe2 bailingmoe3 cohere2moe dbrx deepseek deepseek2 deepseek2-ocr deepseek32
    deepseek4 dots1 dots3note ernie4_5-moe exaone-moe gemma4 glm-dsa glm4moe gpt-oss granite granite_swa granitehybrid
    granitemoe grok grovemoe hunyuan-moe hy_v3 hy_v4 jamba kimi-k3 kimi-linear laguna lfm2 lfm2moe llada-moe llama
    llama4 maple mellum mimo2 minicpm minimax-01 minimax-m2 minimax-m3 mistral3 mistral4 nemotron_h nemotron_h_moe
    olmoe phimoe qwen2moe qwen35moe qwen3moe qwen3next qwen3vlmoe qwen4exp rnd1 smallthinker step35`,
  dense: `
    apertus arcee arwkv7 baichuan bitnet bloom chameleon chatglm codeshell cogvlm cohere2 command-r deci dream
    ernie4_5 exaone exaone4 falcon falcon-h1 gemma gemma2 gemma3 gemma3n glm4 gpt2 gptj gptneox graniteswitch hrm_text
    hunyuan-dense hunyuan_vl internlm2 jais jais2 llada maincoder mamba mamba2 minicpm3 mpt muse-glimmer nanbeige
    nemotron olmo olmo2 openelm orion paddleocr pangu-embedded phi2 phi3 plamo plamo2 plamo3 plm qwen qwen2 qwen2vl
    qwen3 qwen35 qwen3vl rwkv6 rwkv6qwen2 rwkv7 seed_oss smollm3 spark2_5 stablelm starcoder starcoder2 t5 talkie
    xverse`,
  neverRun: 'refact',
  draftModel: 'dflash eagle3 gemma4-assistant',
  noLanguageModel: `
    bert clip eurobert gemma-embedding jina-bert-v2 jina-bert-v3 llama-embed modern-bert neo-bert nomic-bert
    nomic-bert-moe pockettts qwen3tts t5encoder wavtokenizer-dec`,
};

/** The llama.cpp release that introduced an architecture, if it is newer than the oldest release that Winnow's patches apply to. */
const SINCE: Readonly<Record<string, string>> = {
  hrm_text: 'v0.5.0',
  hy_v4: 'v0.5.0',
  maple: 'v0.5.0',
  spark2_5: 'v0.5.0',
};

type ArchitectureRecord = {
  readonly verdict: ArchitectureVerdict;
  /** The llama.cpp release that introduced it; null: every release that the patches apply to has it. */
  readonly since: string | null;
};

/** The records, indexed by the name that files state as `general.architecture`. */
export const ARCHITECTURES: ReadonlyMap<string, ArchitectureRecord> = new Map(
  (Object.keys(NAMES) as ArchitectureVerdict[]).flatMap((verdict) =>
    (NAMES[verdict].match(/\S+/g) ?? []).map((name) => [name, { verdict, since: SINCE[name] ?? null }] as const),
  ),
);
