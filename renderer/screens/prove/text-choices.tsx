// Which held-out texts are measured: those of the plan's domains, and others.
import { FilePlus2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseFiles } from '../../frame/hand-over.ts';
import { Button } from '../../kit/button.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { Checkbox } from '../../kit/checkbox.tsx';
import { Menu } from '../../kit/menu.tsx';
import { Term } from '../../kit/term.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useCall } from '../../state/calls.ts';
import { SIDES } from './comparison.ts';
import { chooseText } from './prove-choices.ts';
import styles from './prove.module.css';
import type { ProofText } from './use-proof.ts';

type TextChoicesProps = { readonly texts: readonly ProofText[]; readonly domains: readonly string[] };

export function TextChoices({ texts, domains }: TextChoicesProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <section className={styles.group} aria-label={t('prove.textsTitle')}>
      <div className={styles.groupHead}>
        <h2>
          <Term name="heldOut">{t('prove.textsTitle')}</Term>
        </h2>
        <AddTexts domains={domains} />
      </div>
      {SIDES.map((side) => {
        const ofSide = texts.filter(({ inDomain }) => inDomain === (side === 'inDomain'));
        return (
          <div key={side} className={styles.group}>
            <h3 className={styles.subheading}>
              {side === 'inDomain' && domains.length > 0
                ? t('prove.inDomainOf', { domains: format.list(domains) })
                : t(`prove.${side}`)}
            </h3>
            {ofSide.length === 0 && <p className={styles.small}>{t(`prove.none.${side}`)}</p>}
            {ofSide.map((text) => (
              <TextChoice key={text.id} text={text} />
            ))}
          </div>
        );
      })}
    </section>
  );
}

function TextChoice({ text }: { readonly text: ProofText }): ReactNode {
  const { t } = useTranslation();
  const { id, name, domain, bytes, documents, isChosen } = text;
  return (
    <Checkbox
      isSelected={isChosen}
      onChange={(is) => chooseText(String(id), is)}
      note={
        <>
          {domain} · {documents !== null && `${t('demos.documents', { count: documents })} · `}
          <Bytes value={bytes} />
        </>
      }
    >
      {name}
    </Checkbox>
  );
}

/** The plan's own domains first; a text of another domain shows what is lost outside them. */
function AddTexts({ domains: own }: { readonly domains: readonly string[] }): ReactNode {
  const { t } = useTranslation();
  const domains = useCall('domains.list', {}).data ?? [];
  const ordered = domains.toSorted((a, b) => Number(own.includes(b.name)) - Number(own.includes(a.name)));
  return (
    <Menu
      label={t('prove.addText')}
      trigger={
        <Button size="small" icon={FilePlus2}>
          {t('prove.add')}
        </Button>
      }
      entries={[
        ...ordered.map(({ id, name }) => ({
          id: String(id),
          label: t(own.includes(name) ? 'prove.addInDomain' : 'prove.addOutOfDomain', { domain: name }),
          onSelect: () => void chooseFiles('texts', id),
        })),
        { id: 'new', label: t('prove.addNew'), onSelect: () => void chooseFiles('texts', 'new') },
      ]}
    />
  );
}
