"""How far consumers are behind: samples of their progress, judged by one table of statuses; seconds from records read."""
