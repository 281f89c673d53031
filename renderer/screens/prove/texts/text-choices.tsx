// Which held-out texts are measured (those of the selection's domains, and others), and how much of each.
import { FilePlus2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseFiles } from '../../../files/hand-over.ts';
import { Button } from '../../../kit/button.tsx';
import { Bytes } from '../../../kit/bytes.tsx';
import { Checkbox } from '../../../kit/checkbox.tsx';
import { classNames } from '../../../kit/class-names.ts';
import { Menu } from '../../../kit/menu.tsx';
import kit from '../../../kit/primitives.module.css';
import { Select } from '../../../kit/select.tsx';
import { Term } from '../../../kit/term.tsx';
import { useFormat } from '../../../kit/use-format.ts';
import { useCall } from '../../../state/calls.ts';
import { CHUNKS, chooseText, CONTEXTS, useAmount } from '../proof/prove-choices.ts';
import styles from '../proof/prove.module.css';
import { SideGroups } from '../proof/side-groups.tsx';
import type { ProofText } from './use-measured-texts.ts';

type TextChoicesProps = { readonly texts: readonly ProofText[]; readonly domains: readonly string[] };

export function TextChoices({ texts, domains }: TextChoicesProps): ReactNode {
  const { t } = useTranslation();
  return (
    <section className={classNames(kit.stack2, styles.group)} aria-label={t('prove.textsTitle')}>
      <div className={classNames(kit.ends, styles.groupHead)}>
        <h2>
          <Term name="heldOut">{t('prove.textsTitle')}</Term>
        </h2>
        <AddTexts domains={domains} />
      </div>
      <SideGroups items={texts} domains={domains} none={(side) => t(`prove.none.${side}`)}>
        {(text) => <TextChoice key={text.id} text={text} />}
      </SideGroups>
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

/** Adds texts. The selection's own domains come first; a text of another domain shows the loss outside them. */
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

export function Amount(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [amount, setAmount] = useAmount();
  return (
    <section className={classNames(kit.stack2, styles.group)} aria-label={t('prove.amount')}>
      <h2>{t('prove.amount')}</h2>
      <div className={styles.amount}>
        <Select
          label={t('prove.context')}
          choices={CONTEXTS.map((ctx) => ({ id: String(ctx), label: format.count(ctx) }))}
          value={String(amount.ctx)}
          onChange={(id) => setAmount({ ...amount, ctx: CONTEXTS.find((ctx) => String(ctx) === id) ?? amount.ctx })}
        />
        <Select
          label={t('prove.chunks')}
          choices={CHUNKS.map((count) => ({
            id: String(count),
            label: count === 0 ? t('prove.wholeText') : t('prove.firstChunks', { count }),
            note: count === 0 ? undefined : t('prove.upTo', { tokens: format.count(count * amount.ctx) }),
          }))}
          value={String(amount.chunks)}
          onChange={(id) =>
            setAmount({ ...amount, chunks: CHUNKS.find((count) => String(count) === id) ?? amount.chunks })
          }
        />
      </div>
    </section>
  );
}
