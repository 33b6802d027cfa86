drop table communications.brands;
drop table communications.pictures;
