// Texts that measure the result, kept separate from the demos.
import { FilePlus2, Text, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import { chooseFiles } from '../../files/hand-over.ts';
import { Button } from '../../kit/button.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { IconButton } from '../../kit/icon-button.tsx';
import kit from '../../kit/primitives.module.css';
import { Term } from '../../kit/term.tsx';
import { useCall } from '../../state/calls.ts';
import { deleteText } from './deletions.ts';
import styles from './demos.module.css';

export function HeldOutTexts({ domain }: { readonly domain: Domain }): ReactNode {
  const { t } = useTranslation();
  const { data, error } = useCall('texts.list', {});
  const texts = data?.filter(({ domainId }) => domainId === domain.id) ?? [];
  return (
    <section
      className={classNames(kit.stack1, kit.lineAbove, styles.texts)}
      aria-label={t('demos.heldOut')}
      data-drop="texts"
    >
      <div className={kit.ends}>
        <h2>
          <Term name="heldOut">{t('demos.heldOut')}</Term>
        </h2>
        <Button size="small" icon={FilePlus2} onPress={() => void chooseFiles('texts')}>
          {t('demos.addTexts')}
        </Button>
      </div>
      <p className={kit.dim}>{t('demos.heldOutWhy')}</p>
      {error !== null && <ErrorPanel error={error.toData()} />}
      <ul className={styles.textList}>
        {texts.map((text) => (
          <li key={text.id} className={classNames(kit.row2, styles.textRow)}>
            <Text size={14} aria-hidden />
            <span className={classNames(kit.ellipsis, kit.fill)} title={text.name}>
              {text.name}
            </span>
            <span className={kit.dim}>
              {text.documents !== null && `${t('demos.documents', { count: text.documents })} · `}
              <Bytes value={text.bytes} />
            </span>
            <IconButton
              icon={Trash2}
              size="small"
              label={t('demos.deleteText', { name: text.name })}
              onPress={() => void deleteText(text, t)}
            />
          </li>
        ))}
        {data !== undefined && texts.length === 0 && <li className={kit.dim}>{t('demos.noTexts')}</li>}
      </ul>
    </section>
  );
}
