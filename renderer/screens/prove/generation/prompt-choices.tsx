// Which demo sets give prompts: those of the plan's domains, and others.
import { FilePlus2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseFiles } from '../../../files/hand-over.ts';
import { Button } from '../../../kit/button.tsx';
import { Checkbox } from '../../../kit/checkbox.tsx';
import styles from '../prove.module.css';
import { SideGroups } from '../side-groups.tsx';
import { chooseDomain } from './generation-choices.ts';
import type { PromptSource } from './prompt-sources.ts';

type PromptChoicesProps = { readonly sources: readonly PromptSource[]; readonly domains: readonly string[] };

export function PromptChoices({ sources, domains }: PromptChoicesProps): ReactNode {
  const { t } = useTranslation();
  return (
    <section className={styles.group} aria-label={t('generation.prompts')}>
      <h2>{t('generation.prompts')}</h2>
      <SideGroups items={sources} domains={domains} none={(side) => t(`generation.none.${side}`)}>
        {(source) => <SourceChoice key={source.id} source={source} />}
      </SideGroups>
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
