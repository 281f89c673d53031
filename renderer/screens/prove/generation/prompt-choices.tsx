// Which demo sets give prompts: those of the plan's domains, and others.
import { FilePlus2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseFiles } from '../../../frame/hand-over.ts';
import { Button } from '../../../kit/button.tsx';
import { Checkbox } from '../../../kit/checkbox.tsx';
import { useFormat } from '../../../kit/use-format.ts';
import { SIDES } from '../comparison.ts';
import styles from '../prove.module.css';
import { chooseDomain } from './generation-choices.ts';
import type { PromptSource } from './prompt-sources.ts';

type PromptChoicesProps = { readonly sources: readonly PromptSource[]; readonly domains: readonly string[] };

export function PromptChoices({ sources, domains }: PromptChoicesProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <section className={styles.group} aria-label={t('generation.prompts')}>
      <h2>{t('generation.prompts')}</h2>
      {SIDES.map((side) => {
        const ofSide = sources.filter(({ inDomain }) => inDomain === (side === 'inDomain'));
        return (
          <div key={side} className={styles.group}>
            <h3 className={styles.subheading}>
              {side === 'inDomain' && domains.length > 0
                ? t('prove.inDomainOf', { domains: format.list(domains) })
                : t(`prove.${side}`)}
            </h3>
            {ofSide.length === 0 && <p className={styles.small}>{t(`generation.none.${side}`)}</p>}
            {ofSide.map((source) => (
              <SourceChoice key={source.id} source={source} />
            ))}
          </div>
        );
      })}
    </section>
  );
}

function SourceChoice({ source }: { readonly source: PromptSource }): ReactNode {
  const { t } = useTranslation();
  const { id, name, demos, scored, isChosen } = source;
  const isUsedUp = scored >= demos;
  return (
    <>
      <Checkbox
        isSelected={isChosen}
        onChange={(is) => chooseDomain(id, is)}
        note={
          isUsedUp
            ? t('generation.allScored', { count: demos })
            : scored > 0
              ? t('generation.someScored', { left: demos - scored, count: demos })
              : t('generation.demos', { count: demos })
        }
      >
        {name}
      </Checkbox>
      {isUsedUp && <AddDemos domainId={id} />}
    </>
  );
}

/** What helps where all demos of a set were scored. */
export function AddDemos({ domainId }: { readonly domainId: number }): ReactNode {
  const { t } = useTranslation();
  return (
    <div>
      <Button size="small" icon={FilePlus2} onPress={() => void chooseFiles('demos', domainId)}>
        {t('generation.addDemos')}
      </Button>
    </div>
  );
}
