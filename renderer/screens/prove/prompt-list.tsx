// A list of prompts, each with its outcome, and the answers to the chosen one side by side.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ListBox, ListBoxItem } from 'react-aria-components';
import { GENERATION_CHECKS } from '../../../electron/contract/generation-checks.ts';
import type { GenerationExample, GenerationFindings } from '../../../electron/contract/api/generations.ts';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { useFormat } from '../../kit/use-format.ts';
import { ExampleTexts } from './example-texts.tsx';
import styles from './prove.module.css';

type PromptListProps = {
  readonly examples: readonly GenerationExample[];
  /** Index of the chosen prompt. */
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
  /** The name of the variant. */
  readonly name: string;
};

export function PromptList({ examples, chosen, onChoose, name }: PromptListProps): ReactNode {
  const { t } = useTranslation();
  const example = examples[chosen];
  return (
    <div className={styles.pairs}>
      <ListBox
        aria-label={t('generation.prompts')}
        selectionMode="single"
        selectionBehavior="replace"
        disallowEmptySelection
        selectedKeys={[String(chosen)]}
        onSelectionChange={(keys) => {
          const [key] = keys === 'all' ? [] : [...keys];
          if (key !== undefined) onChoose(Number(key));
        }}
        className={classNames(kit.stack, styles.prompts)}
      >
        {examples.map((one, i) => (
          <ListBoxItem
            key={i}
            id={String(i)}
            textValue={one.prompt}
            className={classNames(kit.stack, kit.option, styles.promptRow)}
          >
            <span className={styles.promptText} title={one.prompt.trim()}>
              {one.prompt.trim()}
            </span>
            <Outcome example={one} />
          </ListBoxItem>
        ))}
      </ListBox>
      {example !== undefined && <ExampleTexts example={example} name={name} />}
    </div>
  );
}

/** How the variant's answer compares with the full model's, in a few words. */
function Outcome({ example: { full, variant } }: { readonly example: GenerationExample }): ReactNode {
  const { t } = useTranslation();
  const { list } = useFormat();
  const faults = listFaults(variant.findings);
  if (faults.length > 0) {
    return (
      <span className={classNames(kit.note, kit.caution)}>
        <TriangleAlert size={12} aria-hidden /> {list(faults.map((check) => t(`generation.inList.${check}`)))}
      </span>
    );
  }
  return <span className={kit.note}>{t(full.text === variant.text ? 'generation.same' : 'generation.differs')}</span>;
}

function listFaults({ loop, truncated, broken, answer }: GenerationFindings): (typeof GENERATION_CHECKS)[number][] {
  const isFault = {
    loop: loop !== null,
    truncated: truncated === true,
    broken: (broken ?? []).length > 0,
    answer: answer?.matches === false,
  };
  return GENERATION_CHECKS.filter((check) => isFault[check]);
}
