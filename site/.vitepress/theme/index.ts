// The theme without its fonts: the site uses those of the system.
import Theme from 'vitepress/theme-without-fonts';
import './style.css';

export default Theme;
