(() => {
const doc = document, root = doc.documentElement, live = doc.getElementById('live');
const all = (selector, within = doc) => [...within.querySelectorAll(selector)];
const say = text => { live.textContent = ''; setTimeout(() => { live.textContent = text; }, 30); };

const copy = async (text, button) => {
  try { await navigator.clipboard.writeText(text); }
  catch {
    const area = doc.createElement('textarea');
    area.value = text; doc.body.append(area); area.select(); doc.execCommand('copy'); area.remove();
  }
  const before = button.textContent;
  button.textContent = 'Copied'; say('Copied to clipboard');
  setTimeout(() => { button.textContent = before; }, 1400);
};
all('[data-copy]').forEach(button => button.addEventListener('click', () =>
  copy(doc.getElementById(button.dataset.copy).textContent.replace(/\n{3,}/g, '\n\n').trim(), button)));

const theme = doc.getElementById('theme'), modes = ['auto', 'light', 'dark'];
const set = mode => {
  if (mode === 'auto') delete root.dataset.theme; else root.dataset.theme = mode;
  theme.textContent = 'Theme: ' + mode; theme.value = mode;
  try { localStorage.setItem('dataaudit-theme', mode); } catch { /* no storage: the choice lasts for this page */ }
};
let mode = 'auto';
try { mode = localStorage.getItem('dataaudit-theme') || mode; } catch { /* no storage */ }
set(modes.includes(mode) ? mode : 'auto');
theme.addEventListener('click', () => set(modes[(modes.indexOf(theme.value) + 1) % 3]));

const show = severity => {
  let n = 0;
  all('[data-sev]').forEach(b => b.setAttribute('aria-pressed', b.dataset.sev === severity));
  all('.f').forEach(f => { f.hidden = severity !== 'all' && f.dataset.s !== severity; n += !f.hidden; });
  say(n + ' findings shown');
};
all('[data-sev]').forEach(b => b.addEventListener('click', () => show(b.dataset.sev)));

const table = doc.getElementById('ft');
if (table) {
  const rows = all('tbody tr', table), search = doc.getElementById('q'), flagged = doc.getElementById('fl');
  const count = doc.getElementById('cnt');
  const filter = () => {
    const word = search.value.toLowerCase();
    let n = 0;
    for (const row of rows) {
      const keep = row.cells[0].firstChild.textContent.toLowerCase().includes(word) && (!flagged.checked || row.dataset.f);
      row.hidden = !keep; row.classList.toggle('gone', !keep); n += !!keep;
    }
    count.textContent = n + ' of ' + rows.length;
  };
  if (search) { search.addEventListener('input', filter); flagged.addEventListener('change', filter); }
  const value = (row, i) => row.cells[i].dataset.v ?? row.cells[i].textContent;
  all('.so', table).forEach(span => {
    const button = doc.createElement('button'), head = span.closest('th'), i = +span.dataset.i;
    button.type = 'button'; button.textContent = span.textContent; span.replaceWith(button);
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') !== 'descending';
      all('th[aria-sort]', table).forEach(th => th.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      rows.sort((a, b) => {
        const x = value(a, i), y = value(b, i);
        if (x === '' || y === '') return (x === '') - (y === '');
        return (down ? -1 : 1) * (i && !isNaN(x) && !isNaN(y) ? x - y : x.localeCompare(y));
      });
      table.tBodies[0].append(...rows);
    });
  });
}

const seen = new IntersectionObserver(entries => entries.forEach(entry => {
  if (entry.isIntersecting) all('nav.toc a').forEach(a =>
    a.getAttribute('href') === '#' + entry.target.id ? a.setAttribute('aria-current', 'true') : a.removeAttribute('aria-current'));
}), {rootMargin: '-10% 0px -80% 0px'});
all('section[id]').forEach(section => seen.observe(section));

let closed = [];
addEventListener('beforeprint', () => { closed = all('details:not([open])'); closed.forEach(d => { d.open = true; }); });
addEventListener('afterprint', () => closed.forEach(d => { d.open = false; }));
const open = () => {
  const target = location.hash.length > 1 && doc.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  const card = target.closest('.f'), inside = target.closest('details');
  if (card && card.hidden) show('all');
  if (inside) { inside.open = true; target.scrollIntoView(); }
};
addEventListener('hashchange', open); open();
})();
